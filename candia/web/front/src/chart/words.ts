/** Numbers and times as the page's language writes them: 1.234,5 and 03/11 02:00 in Greek. */

export interface Words {
  number(value: number | null): string;
  moment(seconds: number): string;
  tick(seconds: number, increment: number, previous: number | undefined): string;
}

export function wordsOf(language: string, zone: string | undefined): Words {
  const place = language === "el" ? "el-GR" : "en-GB";
  const format = (options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat =>
    new Intl.DateTimeFormat(place, { ...options, ...(zone && { timeZone: zone }) });
  const day = format({ day: "2-digit", month: "2-digit" });
  const hour = format({ hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  const month = format({ month: "short", year: "2-digit" });
  const full = format({
    weekday: "short",
    day: "2-digit",
    month: "2-digit",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  });
  const figures = new Intl.NumberFormat(place, { maximumFractionDigits: 2, maximumSignificantDigits: 5 });
  return {
    number: (value) => (value === null ? "" : figures.format(value)),
    moment: (seconds) => full.format(seconds * 1000),
    tick(seconds, increment, previous) {
      const at = seconds * 1000;
      if (increment >= 28 * 86_400) return month.format(at);
      if (increment >= 86_400) return day.format(at);
      const newDay = previous === undefined || day.format(previous * 1000) !== day.format(at);
      return newDay ? `${hour.format(at)}\n${day.format(at)}` : hour.format(at);
    },
  };
}
