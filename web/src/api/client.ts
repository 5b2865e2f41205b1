/* Made by tools/client.mjs from the OpenAPI description of the server; not edited by hand. */
import { blob, json, segment, text } from './http';

export type Label = { zh: string; en: string };

export type Facts = Record<string, Record<string, unknown> | null>;

export type AssessmentRequest = { pack?: string; facts: Facts; as_of?: string; readings?: Record<string, string> };

export type DocumentRequest = { pack?: string; facts: Facts; as_of?: string; readings?: Record<string, string>; link?: string };

export type SimulationRequest = { pack?: string; as_of?: string; readings?: Record<string, string>; reform: Reform; synthetic?: { enterprises?: number; seed?: number }; enterprises?: Array<Facts>; assumptions?: Record<string, unknown>; by?: Array<string>; appropriation?: string | number; open?: string };

export type Reform = { title?: unknown; note?: unknown; as_of?: string; readings?: Record<string, string>; values?: Array<{ model: string; decision: string; rule?: number; entry?: string; from: string | number; to: string | number; note?: unknown }>; tariffs?: Array<{ file: string; row: Record<string, unknown>; column: string; from: number; to: number; note?: unknown }>; models?: Record<string, { xml?: string }> };

export type SimulatedPolicy = { id: string; digest: string; as_of: string; readings: Record<string, string> };

export type SimulatedPeople = { enterprises: number; winners: number; losers: number; unchanged: number; undetermined: number; base: string; reform: string; difference: string; gains: string; losses: string; known?: boolean; value?: string | null };

export type SimulatedSide = { eligible: number; undetermined: number; paid: number; amount: string };

export type SimulatedBrink = { cliff: number; gain: string; enter: number; leave: number };

export type Simulation = { base: SimulatedPolicy; reform: SimulatedPolicy; changes: Reform; all: SimulatedPeople; budget?: { appropriation?: string; left_base?: string; left_reform?: string }; items: Array<{ id?: string; title?: Label; departments?: Array<string>; reached?: boolean; counts_in_total?: boolean; base?: SimulatedSide; reform?: SimulatedSide; difference?: string; new?: number; lost?: number; more?: number; less?: number; undetermined?: number }>; departments: Array<{ departments?: Array<string>; base?: string; reform?: string; difference?: string }>; groups: Array<{ fact?: string; label?: Label; values?: Array<SimulatedPeople> }>; brinks: Array<{ fact?: string; label?: Label; base?: SimulatedBrink; reform?: SimulatedBrink }>; opened?: { figure?: string; enterprises?: number; rows?: Array<{ key?: string; row?: number; base?: string; reform?: string; difference?: string }> }; seed?: string; population?: { about?: Label; classes?: Record<string, unknown>; sums?: Array<Record<string, unknown>> } };

export type ValuesRequest = { pack?: string; facts: Facts; as_of?: string; readings?: Record<string, string>; model: string };

export type ModelValues = { model: string; values: Array<{ id: string; name: string; kind: "input" | "decision"; value: unknown; missing: Array<string> }> };

export type File = Blob;

export type Table = Blob;

export type JobItem = { id: string; eligible: number; undetermined: number; ineligible: number; not_in_force: number; fixed: Amount; tariff: Amount; ceiling: Amount; external: Amount };

export type JobFault = { sheet: string; row: number; column: number; place: string; code: string; detail: Label };

export type Job = { id: string; url: string; state: "queued" | "checking" | "assessing" | "done" | "faulty"; pack: string; pack_digest: string; as_of: string; readings: Record<string, string>; created_at: string; expires_at: string; done: number; total: number | null; rate: number | null; seconds_left: number | null; fault_count: number; faults: Array<JobFault>; items: Array<JobItem>; amount: Amount };

export type JobResults = { rows: Array<{ number: number; row: number; code: string; name: string; total: Amount; missing: Array<string>; items: Record<string, { status: "eligible" | "ineligible" | "undetermined" | "not_in_force"; amount: Amount; amount_kind: "ceiling" | "fixed" | "tariff" | "external" | "none" }> }>; count: number; next: number | null };

export type Removed = { id: string };

export type Text = string;

export type FormFacts = { pack: string; facts: Facts };

export type Amount = string | null;

export type Condition = { name: string; label: Label; result: boolean | null; reads: Record<string, unknown>; article: number };

export type AssessedItem = { id: string; article: number; title: Label; departments: Array<string>; status: "eligible" | "ineligible" | "undetermined" | "not_in_force"; amount: Amount; amount_kind: "ceiling" | "fixed" | "tariff" | "external" | "none"; missing: Array<string>; conditions: Array<Condition>; readings: Array<string> };

export type Assessment = { pack: string; pack_digest: string; as_of: string; readings: Record<string, string>; items: Array<AssessedItem>; total: Amount };

export type BriefAssessment = { items: Record<string, { status: "eligible" | "ineligible" | "undetermined" | "not_in_force"; amount: Amount; missing: Array<string> }>; total: Amount };

export type LineError = { error: { line: number; column?: number; pointer: string; message: string } };

export type BatchResult = BriefAssessment | Assessment | LineError;

export type Questions = { questions: Array<{ fact: string; items: number; settles: number }> };

export type Alternatives = { items: Record<string, Array<{ reading: string; option: string; status: "eligible" | "ineligible" | "undetermined" | "not_in_force"; amount: Amount }>> };

export type Prospects = { items: Record<string, { amount: Amount }> };

export type Department = { id: string; name: Label };

export type Article = { number: number; title: Label; text: Label; model: string; official?: { title: string; text: string; source: string; date: string } };

export type Articles = { articles: Array<Article> };

export type Item = { id: string; article: number; title: Label; departments: Array<string>; amount_kind: "ceiling" | "fixed" | "tariff" | "external" | "none"; counts_in_total: boolean; outcome: Label; next: Label; readings: Array<string>; conditions: Array<{ name: string; label: Label; facts: Array<string>; when?: Record<string, string> }>; amount_facts: Array<string> };

export type Items = { items: Array<Item> };

export type Fact = { path: string; name: string; label: Label; question: Label; help: Label; kind: "boolean" | "number" | "string" | "date" | "list" | "object" | "any"; type: string; unit?: Label; allowed?: unknown[]; labels?: Array<Label>; members?: Array<{ name: string; kind: string; label: Label; unit?: Label }> };

export type Input = { name: string; label: Label; facts: Array<Fact> };

export type Inputs = { inputs: Array<Input> };

export type Reading = { id: string; question: Label; reason: Label; author: Label; date: string; default: string; items: Array<string>; options: Array<{ id: string; label: Label }> };

export type Readings = { readings: Array<Reading> };

export type PackHead = { id: string; digest: string; title: Label; issuer: Label; interpreter: Label; validity: { from: string; to: string } };

export type Packs = { packs: Array<PackHead> };

export type Pack = PackHead & Articles & Items & Inputs & Readings & { departments: Array<Department> };

export type Value = unknown;

export type Values = Record<string, Value>;

export type Variable = { name: string; type: string };

export type Models = { models: Array<{ name: string; namespace: string; file: string; pack: string; inputs: Array<Variable>; decisions: Array<Variable> }> };

export type Problem = { type: string; title: string; status: number; errors?: Array<{ pointer: string; code: string; detail: string }> };

export type OpenAPI = Record<string, unknown>;

/* Assess one enterprise against all items. */
export function assess(body: AssessmentRequest, signal?: AbortSignal): Promise<Assessment> {
  return json('POST', `/api/v1/assessments`, { signal, json: body });
}

/* Assess many enterprises: facts in, results out, one a line in the same order. */
export function batch(body: Blob, query: { pack?: string; as_of?: string; reading?: Array<string>; brief?: boolean }, signal?: AbortSignal): Promise<Blob> {
  return blob('POST', `/api/v1/assessments:batch`, { signal, body, type: 'application/x-ndjson', query });
}

/* Rank the missing facts by what knowing them settles. */
export function questions(body: AssessmentRequest, signal?: AbortSignal): Promise<Questions> {
  return json('POST', `/api/v1/questions`, { signal, json: body });
}

/* What the other readings of the text would give. */
export function alternatives(body: AssessmentRequest, signal?: AbortSignal): Promise<Alternatives> {
  return json('POST', `/api/v1/alternatives`, { signal, json: body });
}

/* What the undetermined items could still come to. */
export function prospects(body: AssessmentRequest, signal?: AbortSignal): Promise<Prospects> {
  return json('POST', `/api/v1/prospects`, { signal, json: body });
}

/* The values of a model's inputs and decisions in an assessment. */
export function values(body: ValuesRequest, signal?: AbortSignal): Promise<ModelValues> {
  return json('POST', `/api/v1/values`, { signal, json: body });
}

/* What a change of policy would do to a population. */
export function simulate(body: SimulationRequest, signal?: AbortSignal): Promise<Simulation> {
  return json('POST', `/api/v1/simulations`, { signal, json: body });
}

/* The assessment as a PDF. */
export function assessPdf(body: DocumentRequest, signal?: AbortSignal): Promise<File> {
  return blob('POST', `/api/v1/assessments.pdf`, { signal, json: body });
}

/* The assessment as a spreadsheet. */
export function assessXlsx(body: DocumentRequest, signal?: AbortSignal): Promise<File> {
  return blob('POST', `/api/v1/assessments.xlsx`, { signal, json: body });
}

/* Read the facts of a form that was filled in. */
export function factsXlsx(body: File, signal?: AbortSignal): Promise<FormFacts> {
  return json('POST', `/api/v1/facts.xlsx`, { signal, body, type: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet' });
}

/* List the policy packs. */
export function packs(signal?: AbortSignal): Promise<Packs> {
  return json('GET', `/api/v1/packs`, { signal });
}

/* All of a pack: articles, items, facts, readings. */
export function pack(pack: string, signal?: AbortSignal): Promise<Pack> {
  return json('GET', `/api/v1/packs/${segment(pack)}`, { signal });
}

/* The items of a pack. */
export function items(pack: string, signal?: AbortSignal): Promise<Items> {
  return json('GET', `/api/v1/packs/${segment(pack)}/items`, { signal });
}

/* The articles of a pack. */
export function articles(pack: string, signal?: AbortSignal): Promise<Articles> {
  return json('GET', `/api/v1/packs/${segment(pack)}/articles`, { signal });
}

/* A decision model: its DMN file. */
export function model(pack: string, model: string, signal?: AbortSignal): Promise<Text> {
  return text('GET', `/api/v1/packs/${segment(pack)}/models/${segment(model)}`, { signal });
}

/* The facts that a pack asks for. */
export function facts(pack: string, signal?: AbortSignal): Promise<Inputs> {
  return json('GET', `/api/v1/packs/${segment(pack)}/facts`, { signal });
}

/* The form for the facts of a pack, a spreadsheet. */
export function form(pack: string, signal?: AbortSignal): Promise<File> {
  return blob('GET', `/api/v1/packs/${segment(pack)}/template.xlsx`, { signal });
}

/* The readings of the text. */
export function readings(pack: string, signal?: AbortSignal): Promise<Readings> {
  return json('GET', `/api/v1/packs/${segment(pack)}/readings`, { signal });
}

/* The template for many enterprises, a spreadsheet. */
export function populationForm(pack: string, signal?: AbortSignal): Promise<File> {
  return blob('GET', `/api/v1/packs/${segment(pack)}/population.xlsx`, { signal });
}

/* Hand in a table of enterprises (xlsx, csv or ndjson) to be assessed in the background. */
export function jobCreate(body: Table, query: { pack?: string; as_of?: string; reading?: Array<string> }, signal?: AbortSignal): Promise<Job> {
  return json('POST', `/api/v1/jobs`, { signal, body, type: body.type, query });
}

/* The state of a job, its progress, the faults of its table, totals by item. */
export function job(job: string, signal?: AbortSignal): Promise<Job> {
  return json('GET', `/api/v1/jobs/${segment(job)}`, { signal });
}

/* Cancel a job and remove what is kept of it. */
export function jobDelete(job: string, signal?: AbortSignal): Promise<Removed> {
  return json('DELETE', `/api/v1/jobs/${segment(job)}`, { signal });
}

/* The results of a job: an enterprise a row, by item and status if wanted. */
export function jobResults(job: string, query: { item?: string; status?: string; after?: string; limit?: string }, signal?: AbortSignal): Promise<JobResults> {
  return json('GET', `/api/v1/jobs/${segment(job)}/results`, { signal, query });
}

/* All results of a job as a spreadsheet. */
export function jobXlsx(job: string, signal?: AbortSignal): Promise<File> {
  return blob('GET', `/api/v1/jobs/${segment(job)}/results.xlsx`, { signal });
}

/* The description of this API. */
export function openapi(signal?: AbortSignal): Promise<OpenAPI> {
  return json('GET', `/api/v1/openapi.json`, { signal });
}

/* List the decision models with their inputs and decisions. */
export function dmn(signal?: AbortSignal): Promise<Models> {
  return json('GET', `/dmn`, { signal });
}

/* Evaluate all decisions of a model. */
export function dmnModel(model: string, body: Values, signal?: AbortSignal): Promise<Values> {
  return json('POST', `/dmn/${segment(model)}`, { signal, json: body });
}

/* Evaluate one decision of a model. */
export function dmnDecision(model: string, decision: string, body: Values, signal?: AbortSignal): Promise<Value> {
  return json('POST', `/dmn/${segment(model)}/${segment(decision)}`, { signal, json: body });
}
