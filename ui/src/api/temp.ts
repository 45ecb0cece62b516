// Temporary: from wire.rs until the engine's generated types are here.
import type { Entity, Figure, Part, Problem, RuleRef, Severity, SourceState, Status, Value } from './names';
export type { Entity, Figure, Part, Problem, RuleRef, Severity, SourceState, Status, Value };
export type Nothing = Record<string, never>;
export type CasePath = {
  path: string;
};
export type CaseState = {
  path: string;
  name: string;
  schema: number;
  events: number;
  undated: number;
  problems: number;
  first_us: number | null;
  last_us: number | null;
  headline: string;
  sources: Array<SourceRow>;
  zone: string;
};
export type SourceRow = {
  id: number;
  path: string;
  name: string;
  format: string;
  format_title: string;
  confidence: number;
  why: string;
  bytes: number;
  decoded_bytes: number;
  sha256: string;
  events: number;
  problems: number;
  undated: number;
  first_us: number | null;
  last_us: number | null;
  zone: string;
  year_rule: string | null;
  seconds: number;
  coverage: number;
  state: SourceState;
};
export type ImportStart = {
  paths: Array<string>;
  format: string | null;
  zone: string | null;
  year: number | null;
  since_us: number | null;
  until_us: number | null;
};
export type JobRef = {
  job: number;
};
export type Progress = {
  job: number;
  stage: string;
  path: string;
  files_done: number;
  files: number;
  bytes_done: number;
  bytes: number;
  events: number;
  problems: number;
  seconds: number;
  message: string;
  sources: Array<SourceRow>;
};
export type SourceRef = {
  id: number;
};
export type ProblemsAsk = {
  source: number | null;
  offset: number;
  limit: number;
};
export type Problems = {
  rows: Array<Problem>;
  total: number;
};
export type EventsAsk = {
  query: string;
  from_us: number | null;
  to_us: number | null;
  offset: number | null;
  after: number | null;
  at_us: number | null;
  reverse: boolean;
  limit: number;
  columns: Array<string> | null;
};
export type EventRow = {
  id: number;
  time_us: number | null;
  time: string | null;
  source: number;
  summary: string;
  severity: Severity | null;
  fields: Record<string, string | number | string[]>;
};
export type Events = {
  rows: Array<EventRow>;
  more: boolean;
};
export type EventRef = {
  id: number;
};
export type EventDetail = {
  row: EventRow;
  raw: string;
  path: string;
  sha256: string;
  line: number;
  offset: number;
  raw_bytes: number;
  assumed: string;
  cards: Array<CardRef>;
  neighbours: Array<EventRow>;
};
export type CardRef = {
  id: string;
  title: string;
  severity: Severity;
};
export type Selection = {
  query: string;
  from_us: number | null;
  to_us: number | null;
};
export type Count = {
  count: number;
};
export type TimelineAsk = {
  query: string;
  from_us: number | null;
  to_us: number | null;
  bins: number;
  by: string | null;
  evidence: boolean;
};
export type TimelineSeries = {
  value: string | null;
  counts: Array<number>;
};
export type EvidenceSeries = {
  severity: Severity;
  source: number | null;
  counts: Array<number>;
};
export type Marker = {
  card: CardRef;
  time_us: number;
};
export type Timeline = {
  start_us: number;
  step_us: number;
  series: Array<TimelineSeries>;
  evidence: Array<EvidenceSeries>;
  markers: Array<Marker>;
  total: number;
  undated: number;
};
export type TopAsk = {
  fields: Array<string>;
  query: string;
  from_us: number | null;
  to_us: number | null;
  limit: number;
};
export type ValueCount = {
  value: Value;
  count: number;
};
export type TopValues = {
  field: string;
  values: Array<ValueCount>;
};
export type FieldRow = {
  name: string;
  kind: string;
  events: number;
  distinct: number;
};
export type SparkRow = {
  from_us: number;
  step_us: number;
  unit: string;
  counts: Array<number>;
  baseline: number | null;
  threshold: number | null;
};
export type Technique = {
  id: string;
  name: string;
};
export type Card = {
  id: string;
  detector: string;
  detector_title: string;
  title: string;
  severity: Severity;
  score: number;
  first_us: number | null;
  last_us: number | null;
  entities: Array<Entity>;
  attack: Array<Technique>;
  parts: Array<Part>;
  innocent: string;
  evidence_count: number;
  evidence: Array<number>;
  query: string;
  spark: SparkRow | null;
  questions: Array<string>;
  rule: RuleRef | null;
  status: Status;
  reason: string;
};
export type CardsAsk = {
  all: boolean;
};
export type FeedbackAsk = {
  card: string;
  verdict: string;
  reason: string;
  preview: boolean;
};
export type FeedbackEffect = {
  card: string;
  before: Status;
  after: Status;
  hides_cards: number;
  hides_events: number;
  effect: string;
  preview: boolean;
};
export type Prompt = {
  question: string;
  why: string;
  card: string | null;
  score: number;
};
export type PromptsAsk = {
  limit: number;
};
export type ChatAsk = {
  question: string;
  selection: Selection | null;
};
export type Step = {
  tool: string;
  text: string;
  arguments: Record<string, unknown>;
  query: string;
  from_us: number | null;
  to_us: number | null;
  rows: number;
};
export type Citation = {
  label: string;
  query: string;
  from_us: number | null;
  to_us: number | null;
  events: Array<number>;
};
export type ChatTurn = {
  id: number;
  question: string;
  understood: string;
  answer: string;
  columns: Array<string>;
  rows: (string | number | null)[][];
  citations: Array<number>;
  chips: Array<Citation>;
  steps: Array<Step>;
  unanswered: string | null;
  suggestions: Array<string>;
};
export type KqlAsk = {
  text: string;
  caret: number;
};
export type KqlHelp = {
  error: string | null;
  error_at: number | null;
  offers: Array<KqlOffer>;
};
export type KqlOffer = {
  kind: string;
  label: string;
  count: number | null;
  from: number;
  to: number;
  insert: string;
};
export type Known = {
  id: string;
  title: string;
  about: string;
  attack: Array<string>;
};
export type Settings = {
  zone: string;
  theme: string;
  keyring: string;
};
export type SettingsPatch = {
  zone: string | null;
  theme: string | null;
};
export type EgressState = {
  policy: string;
  bytes_sent: number;
  calls: number;
};
export type Recent = {
  path: string;
  name: string;
};
export type Changed = {
  tags: Array<string>;
};
export type TopLists = {
  rows: Array<TopValues>;
};
export type FieldRows = {
  rows: Array<FieldRow>;
};
export type Cards = {
  rows: Array<Card>;
  hidden: number;
};
export type Prompts = {
  rows: Array<Prompt>;
};
export type ChatTurns = {
  rows: Array<ChatTurn>;
};
export type KnownList = {
  rows: Array<Known>;
};
export type Recents = {
  rows: Array<Recent>;
};
export type ApiError = {
  code: string;
  message: string;
  detail: string;
};
