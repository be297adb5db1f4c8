// A file imports only from a lower floor, from its own module, and through a face. docs/architecture.md tells why.
const FLOORS = [
  ["json-patch"],
  ["ir", "model", "access"],
  ["audit", "rate-limit", "connectors"],
  ["sources", "pipelines", "memory", "settings", "auth"],
  ["ingest", "runs", "http"],
  ["setup", "proposals", "runtime", "notices"],
  ["client"],
];
const LOOSE = "^lib/[^/]+\\.ts$";
const DOORS = "^(components|app|scripts|bench|e2e)/|^(server|proxy)\\.ts$";
const FACE = "^lib/[^/]+/(index|schema)\\.ts$";
/** What runs in a browser: languages without a server behind them, wire shapes, limits, problem codes. */
const BROWSER_SAFE = [
  "^lib/[^/]+/schema\\.ts$",
  "^lib/(ir|json-patch|client)/",
  "^lib/(errors|limits)\\.ts$",
];

const upward = FLOORS.flatMap((floor, level) =>
  floor.map((name) => {
    const notLower = FLOORS.slice(level)
      .flat()
      .filter((other) => other !== name);
    const above = notLower.length > 0 ? [`^lib/(${notLower.join("|")})/`] : [];
    return {
      name: `floor-of-${name}`,
      severity: "error",
      from: { path: `^lib/${name}/` },
      to: { path: [...above, DOORS] },
    };
  }),
);

module.exports = {
  forbidden: [
    { name: "no-cycles", severity: "error", from: {}, to: { circular: true } },
    ...upward,
    {
      name: "every-room-has-a-floor",
      severity: "error",
      from: { path: "^lib/[^/]+/", pathNot: `^lib/(${FLOORS.flat().join("|")})/` },
      to: {},
    },
    {
      name: "ground-is-ground",
      severity: "error",
      from: { path: LOOSE, pathNot: "\\.test\\.ts$" },
      to: { path: ["^lib/[^/]+/", DOORS] },
    },
    {
      name: "faces-only",
      severity: "error",
      from: { path: "^lib/([^/]+)/" },
      to: { path: "^lib/[^/]+/.+", pathNot: ["^lib/$1/", FACE] },
    },
    {
      name: "faces-only-from-outside",
      severity: "error",
      from: { path: DOORS },
      to: { path: "^lib/[^/]+/.+", pathNot: FACE },
    },
    {
      name: "no-own-face",
      severity: "error",
      from: { path: "^lib/([^/]+)/", pathNot: "\\.test\\.tsx?$" },
      to: { path: "^lib/$1/index\\.ts$" },
    },
    {
      name: "screens-see-schemas",
      severity: "error",
      from: { path: "^(components|lib/client)/", pathNot: "\\.test\\.tsx?$" },
      to: { path: "^lib/", pathNot: BROWSER_SAFE },
    },
    {
      name: "schemas-are-browser-safe",
      severity: "error",
      from: { path: "^lib/[^/]+/schema\\.ts$" },
      to: {
        path: ["^lib/(db|env|log|crypto|outbound|migrate|folder-lock|duckdb)\\.ts$", "/index\\.ts$"],
        pathNot: "^lib/(ir|json-patch)/index\\.ts$|node_modules",
      },
    },
    { name: "screens-below-doors", severity: "error", from: { path: "^components/" }, to: { path: "^app/" } },
    {
      name: "tests-stay-out-of-the-product",
      severity: "error",
      from: { path: "^(lib|components|app|server\\.ts|proxy\\.ts|scripts)", pathNot: "\\.test\\.tsx?$" },
      to: { path: "^(tests|e2e|bench)/|\\.test\\.tsx?$" },
    },
    {
      name: "one-door-to-prisma",
      severity: "error",
      from: { pathNot: "^(lib/db\\.ts|prisma/|tests/|generated/|scripts/schema-engine)" },
      to: { path: "(generated/prisma|@prisma/client)" },
    },
    {
      name: "resolvable",
      severity: "error",
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    exclude: { path: "^\\.next|\\.next/types" },
    doNotFollow: { path: "node_modules|^generated/|^\\.next" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "require", "node", "default", "types"],
    },
  },
};
