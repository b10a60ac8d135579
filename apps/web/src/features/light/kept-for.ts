/** For how long a request for a sleeping light may be kept, as a person chooses. */
export type KeptFor = "hour" | "day" | "week";

export const keptForUsual: KeptFor = "week";

export const keptForHours: Readonly<Record<KeptFor, number>> = { hour: 1, day: 24, week: 168 };

export const keptForWords: Readonly<Record<KeptFor, string>> = {
  hour: "within 1 hour",
  day: "within 1 day",
  week: "within 7 days",
};

export const keptForChoices = Object.keys(keptForHours) as readonly KeptFor[];
