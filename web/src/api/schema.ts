/* Made by tools/schema-types.mjs from src/app/schemas.json of the server; not edited by hand. */

export type Label = { zh: string; en: string };

export type Facts = Record<string, Record<string, unknown> | null>;

export type AssessmentRequest = { pack?: string; facts: Facts; as_of?: string; readings?: Record<string, string> };

export type DocumentRequest = { pack?: string; facts: Facts; as_of?: string; readings?: Record<string, string>; link?: string };

export type File = string;

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

export type Department = { id: string; name: Label };

export type Article = { number: number; title: Label; text: string };

export type Articles = { articles: Array<Article> };

export type Item = { id: string; article: number; title: Label; departments: Array<string>; amount_kind: "ceiling" | "fixed" | "tariff" | "external" | "none"; counts_in_total: boolean; outcome: Label; next: Label; readings: Array<string>; conditions: Array<{ name: string; label: Label; facts: Array<string>; when?: Record<string, string> }> };

export type Items = { items: Array<Item> };

export type Fact = { path: string; name: string; label: Label; question: Label; help: Label; kind: "boolean" | "number" | "string" | "date" | "list" | "object" | "any"; type: string; allowed?: unknown[]; members?: Array<{ name: string; kind: string }> };

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
