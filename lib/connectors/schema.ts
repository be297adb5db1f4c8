export {
  CheckFailure,
  CheckResult,
  STAGES,
  Stage,
  StageReport,
  Stream,
  StreamColumn,
  StreamPage,
  StreamPreview,
  SYNC_MODES,
  SyncMode,
} from "./shapes.ts";
export {
  type ConnectorField,
  type ConnectorSpec,
  fieldsOf,
  jsonSchemaOf,
  missingFields,
  secretFieldsOf,
} from "./spec.ts";
export { connectorSpecs } from "./specs/catalogue.ts";
