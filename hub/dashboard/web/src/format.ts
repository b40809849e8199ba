// Numbers, days and names as people read them, in the page's language.
import { language, t } from "./i18n";
import type { Days, Why } from "./types";

const locale = () => (language() === "zh" ? "zh-CN" : "en-GB");
const kDayMs = 86_400_000;
const kNone = "–";

// Making a formatter takes a hundred times as long as using it.
const kept = new Map<string, Intl.NumberFormat | Intl.DateTimeFormat>();
function keep<T extends Intl.NumberFormat | Intl.DateTimeFormat>(options: object, make: () => T): T {
  const key = locale() + JSON.stringify(options);
  let formatter = kept.get(key);
  if (!formatter) kept.set(key, (formatter = make()));
  return formatter as T;
}
const number = (options: Intl.NumberFormatOptions) => keep(options, () => new Intl.NumberFormat(locale(), options));
const time = (options: Intl.DateTimeFormatOptions) => keep(options, () => new Intl.DateTimeFormat(locale(), options));

export function count(value: number | string): string {
  return number({ maximumFractionDigits: 0 }).format(Number(value));
}
export function compact(value: number): string {
  return number({ notation: "compact", maximumFractionDigits: 1 }).format(value);
}
// A share as "84.2%"; the minus is a minus.
export function percent(share: number | undefined, digits = 1): string {
  if (share === undefined) return kNone;
  const text = number({ style: "percent", minimumFractionDigits: digits, maximumFractionDigits: digits }).format(share);
  return text.replace("-", "−");
}
export function decimal(value: number | undefined, digits = 1): string {
  if (value === undefined) return kNone;
  return number({ maximumFractionDigits: digits }).format(value);
}
// Prevalence in listings or views of a hundred thousand.
export function perHundredThousand(share: number | undefined): string {
  if (share === undefined) return kNone;
  return number({ minimumSignificantDigits: 3, maximumSignificantDigits: 3 }).format(share * 1e5);
}

const dateOf = (day: number) => new Date(day * kDayMs);
export function part(date: Date, options: Intl.DateTimeFormatOptions): string {
  return time({ timeZone: "UTC", ...options }).format(date);
}
export function day(value: number): string {
  return part(dateOf(value), { day: "numeric", month: "short", year: "numeric" });
}
export function isoDay(value: number): string {
  return dateOf(value).toISOString().slice(0, 10);
}
export function dayOfIso(text: string): number {
  return Math.floor(Date.parse(`${text}T00:00:00Z`) / kDayMs);
}
export const dayOfUs = (us: string) => Math.floor(Number(us) / 1000 / kDayMs);

// "September 2026", "July to September 2026", "2025", or both days.
export function period(days: Days | undefined, short = false): string {
  if (!days) return kNone;
  const first = dateOf(days.begin);
  const last = dateOf(days.end - 1);
  const whole = first.getUTCDate() === 1 && dateOf(days.end).getUTCDate() === 1;
  const month = short ? "short" : "long";
  if (!whole) return `${day(days.begin)} – ${day(days.end - 1)}`;
  const sameYear = first.getUTCFullYear() === last.getUTCFullYear();
  if (sameYear && first.getUTCMonth() === 0 && last.getUTCMonth() === 11) return part(first, { year: "numeric" });
  if (sameYear && first.getUTCMonth() === last.getUTCMonth()) return part(first, { month, year: "numeric" });
  const from = part(first, sameYear ? { month } : { month, year: "numeric" });
  return t("period.range", { from, to: part(last, { month, year: "numeric" }) });
}
export function moment(us: string | number): string {
  const ms = Number(us) / 1000;
  if (!ms) return kNone;
  return `${part(new Date(ms), { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23" })} UTC`;
}
export function clock(ms: number): string {
  return time({ hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(new Date(ms));
}

// The page's own sentence for a code that it knows in this language, else the hub's.
export function why(reason: Why | undefined): string {
  if (!reason) return "";
  if (language() === "en") return reason.sentence;
  const own = t(`why.${reason.code}`);
  return own === `why.${reason.code}` ? reason.sentence : own;
}
// "member/market" is "market" to readers.
export const bare = (party: string) => party.replace(/^[a-z]+\//, "");

// Members call themselves something. It comes with the coverage, after other blocks have named them.
const names = new Map<string, string>();
export const partyName = (party: string) => names.get(party) || bare(party);
export function knowNames(parties: { party: string; displayName: string }[]): void {
  for (const { party, displayName } of parties) if (displayName) names.set(party, displayName);
  for (const element of document.querySelectorAll<HTMLElement>("[data-party]")) element.textContent = partyName(element.dataset.party!);
}
