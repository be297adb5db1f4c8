import { type CSSVariablesResolver, createTheme } from "@mantine/core";

/** Water blue, the one accent. Shade 7 carries white text at 5.9:1. */
const water = [
  "#eef9fb",
  "#d8f0f5",
  "#b0e0ea",
  "#83cddd",
  "#55b7cc",
  "#2f9fb8",
  "#14819a",
  "#0f6e84",
  "#0c5b6e",
  "#084452",
] as const;

/** Slightly blue greys for the dark scheme: 0 is text, 7 the page, 6 a surface on it. */
const dark = [
  "#e4e8ec",
  "#c5ccd4",
  "#98a2ad",
  "#6d7782",
  "#3a424c",
  "#2a3038",
  "#1c2128",
  "#14181d",
  "#0f1216",
  "#0a0c0f",
] as const;

/** Greys for the light scheme. */
const gray = [
  "#f7f8f9",
  "#f0f2f4",
  "#e6e9ec",
  "#d9dde2",
  "#c7cdd4",
  "#9aa3ad",
  "#6b7580",
  "#4b545e",
  "#323a43",
  "#1c2228",
] as const;

/** The look of Penstock: small type, quiet borders, one accent. */
export const theme = createTheme({
  primaryColor: "water",
  primaryShade: { light: 7, dark: 6 },
  colors: { water: [...water], dark: [...dark], gray: [...gray] },
  black: "#171b20",
  autoContrast: true,
  luminanceThreshold: 0.4,
  focusRing: "auto",
  cursorType: "pointer",
  respectReducedMotion: true,
  defaultRadius: "sm",
  radius: { xs: "3px", sm: "6px", md: "8px", lg: "12px", xl: "20px" },
  fontFamily:
    '-apple-system, BlinkMacSystemFont, "Segoe UI Variable Text", "Segoe UI", Roboto, Inter, "Noto Sans", "Liberation Sans", Arial, sans-serif',
  fontFamilyMonospace:
    'ui-monospace, SFMono-Regular, "JetBrains Mono", Menlo, Consolas, "Liberation Mono", monospace',
  fontSizes: { xs: "0.75rem", sm: "0.8125rem", md: "0.875rem", lg: "1rem", xl: "1.125rem" },
  lineHeights: { xs: "1.4", sm: "1.45", md: "1.5", lg: "1.5", xl: "1.4" },
  fontWeights: { regular: "400", medium: "500", bold: "600" },
  headings: {
    fontWeight: "600",
    sizes: {
      h1: { fontSize: "1.375rem", lineHeight: "1.3" },
      h2: { fontSize: "1.0625rem", lineHeight: "1.4" },
      h3: { fontSize: "0.9375rem", lineHeight: "1.4" },
      h4: { fontSize: "0.875rem", lineHeight: "1.45" },
    },
  },
  // Plain objects, not `Modal.extend(…)`: naming a component here would send its code with every page.
  components: {
    Badge: { defaultProps: { variant: "light", radius: "sm", tt: "none", fw: 500, miw: "max-content" } },
    Button: { defaultProps: { size: "sm" } },
    Code: { defaultProps: { fz: "0.92em" } },
    InputWrapper: { classNames: { label: "penstock-label" } },
    // The placeholder that takes the first focus is a child that the role of a menu does not allow.
    Menu: { defaultProps: { withInitialFocusPlaceholder: false } },
    MenuItem: {
      vars: (_theme: unknown, { color }: { color?: string }) => ({
        item: color === "red" ? { "--menu-item-color": "var(--mantine-color-error)" } : {},
      }),
    },
    Modal: {
      defaultProps: {
        centered: true,
        overlayProps: { backgroundOpacity: 0.4 },
        closeButtonProps: { "aria-label": "Close" },
      },
      styles: { title: { fontWeight: 600 } },
    },
    NavLink: { defaultProps: { variant: "light" } },
    Notification: { defaultProps: { closeButtonProps: { "aria-label": "Close" } } },
    Paper: { defaultProps: { withBorder: true, radius: "md" } },
    Skeleton: { defaultProps: { radius: "sm" } },
    Table: {
      defaultProps: {
        verticalSpacing: 8,
        horizontalSpacing: "sm",
        fz: "sm",
        borderColor: "var(--penstock-line)",
      },
    },
    Tabs: { defaultProps: { keepMounted: false } },
    Tooltip: { defaultProps: { withArrow: false, openDelay: 300, fz: "xs" } },
  },
});

/** Text colours that meet 4.5:1 where Mantine's own do not, and the two grounds of the layout. */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    "--mantine-color-dimmed": "#56606b",
    "--mantine-color-placeholder": "#6b7580",
    "--mantine-color-error": "#c2242c",
    "--mantine-color-red-filled": "#c92a2a",
    "--mantine-color-red-filled-hover": "#b02525",
    "--mantine-color-red-light": "#fdf0f0",
    "--mantine-color-green-light-color": "#1a5a2a",
    "--mantine-color-teal-light-color": "#0b5345",
    "--mantine-color-yellow-light-color": "#744500",
    "--mantine-color-orange-light-color": "#8a3308",
    "--mantine-color-red-light-color": "#a51d25",
    "--mantine-color-blue-light-color": "#134b82",
    "--mantine-color-default-border": "#d3d8dd",
    "--penstock-ground": "#f7f8f9",
    "--penstock-surface": "#ffffff",
    "--penstock-line": "#e4e7ea",
    "--penstock-hover": "#f0f2f4",
    "--penstock-series-1": "#2f9fb8",
    "--penstock-series-2": "#d9480f",
  },
  dark: {
    "--mantine-color-placeholder": "#8b95a0",
    "--mantine-color-error": "#ff8787",
    "--mantine-color-red-filled": "#c92a2a",
    "--mantine-color-red-filled-hover": "#b02525",
    "--mantine-color-red-light": "#2d1a1c",
    "--mantine-color-default-border": "#353c45",
    "--penstock-ground": "#0f1216",
    "--penstock-surface": "#14181d",
    "--penstock-line": "#262c34",
    "--penstock-hover": "#1f252c",
    "--penstock-series-1": "#2f9fb8",
    "--penstock-series-2": "#ff922b",
  },
});
