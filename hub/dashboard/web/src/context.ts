// What the page shows: which panel, period and part, as of when. It lives in the address, so that a view can be
// bookmarked and sent.
import { ask, HubError } from "./api";
import type { Days, PanelLine, SeriesAnswer, SeriesKind, SessionAnswer, VersionAnswer } from "./types";

export interface View {
  panel: string; // empty: the newest
  period?: Days; // absent: the newest that has a survey
  taxonGroup: string;
  platformClass: string;
  asOf?: { position: string } | { timeUs: string };
}

export interface Context {
  view: View;
  session: SessionAnswer;
  panels: PanelLine[];
  version: VersionAnswer;
  period?: Days; // that the hub chose or was asked for; known once `begun`
  begun: Promise<unknown>; // the first block's answer, or that there is none; never rejected
  change(next: Partial<View>): void;
}

export const kStartView: View = { panel: "", taxonGroup: "", platformClass: "" };

export function viewOfAddress(hash: string): View {
  const params = new URLSearchParams(hash.replace(/^#/, ""));
  const view: View = {
    panel: params.get("panel") ?? "",
    taxonGroup: params.get("taxa") ?? "",
    platformClass: params.get("class") ?? "",
  };
  const days = /^(-?\d+)-(-?\d+)$/.exec(params.get("period") ?? "");
  if (days) view.period = { begin: Number(days[1]), end: Number(days[2]) };
  const position = params.get("position");
  const time = params.get("time");
  if (position && /^\d+$/.test(position)) view.asOf = { position };
  else if (time && /^\d+$/.test(time)) view.asOf = { timeUs: time };
  return view;
}

export function addressOfView(view: View): string {
  const params = new URLSearchParams();
  if (view.panel) params.set("panel", view.panel);
  if (view.period) params.set("period", `${view.period.begin}-${view.period.end}`);
  if (view.taxonGroup) params.set("taxa", view.taxonGroup);
  if (view.platformClass) params.set("class", view.platformClass);
  if (view.asOf && "position" in view.asOf) params.set("position", view.asOf.position);
  if (view.asOf && "timeUs" in view.asOf) params.set("time", view.asOf.timeUs);
  const text = params.toString();
  return text ? `#${text}` : "#";
}

export const filtered = (view: View): boolean => view.taxonGroup !== "" || view.platformClass !== "";
export const subsetOf = (view: View) => ({ taxonGroup: view.taxonGroup, platformClass: view.platformClass });
// What every question about one period shares.
export const questionOf = (view: View) => ({ panel: view.panel, period: view.period, asOf: view.asOf });

const kEstimated: SeriesKind[] = ["SERIES_REDUCTION", "SERIES_PRECISION", "SERIES_RECALL"];
const kCounted: SeriesKind[] = [
  "SERIES_ACTIVITY",
  "SERIES_PROACTIVE_RATE",
  "SERIES_VIEWS_BEFORE_REMOVAL",
  "SERIES_APPEALS",
  "SERIES_RESTORED",
  "SERIES_SIGNATURES_SHARED",
  "SERIES_SIGHTINGS",
  "SERIES_CROSS_MEMBER_MATCHES",
  "SERIES_FALSE_MATCH_RATE",
  "SERIES_REAPPEARED",
  "SERIES_REPORTS_IN_72H",
  "SERIES_REFERRALS",
  "SERIES_TAXA",
];

async function askSeries(view: View, kinds: SeriesKind[], split: string): Promise<SeriesAnswer> {
  const answer = await ask<SeriesAnswer>("series", { panel: view.panel, kinds, split, subset: subsetOf(view), asOf: view.asOf, tellOfComputing: true });
  const { computing } = answer;
  if (computing) throw new HubError("UNAVAILABLE", "", undefined, { done: computing.computed, whole: computing.periods });
  return answer;
}
// What is not split, in two questions whose answers blocks share: what the hub only counts does not wait for what it
// estimates.
export const countedSeries = (view: View) => askSeries(view, kCounted, "SPLIT_NONE");
export const estimatedSeries = (view: View) => askSeries(view, kEstimated, "SPLIT_NONE");
export const prevalenceSeries = (view: View) =>
  askSeries(view, ["SERIES_PREVALENCE"], view.platformClass && !view.taxonGroup ? "SPLIT_TAXON_GROUP" : "SPLIT_PLATFORM_CLASS");
export const detectionSeries = (view: View) => askSeries(view, ["SERIES_ACTIVITY"], "SPLIT_DETECTION_SOURCE");

export interface Block {
  readonly id: string;
  readonly element: HTMLElement;
  load(context: Context): Promise<void>;
  // What can wait until the others have begun.
  loadRest?(context: Context): Promise<void>;
}
