const firstWords =
  `Acorn Alder Almond Anchor Apple Aspen Baker Beacon Beech Bell Birch Bishop Bramble Bridge Brook Canal Carter Castle
Cedar Chandler Chapel Cherry Chestnut Clover Cooper Copper Cypress Dove Dyer Elder Falcon Fern Ferry Fisher Forge Foundry Fountain Fox
Garden Glover Hawthorn Hazel Heron Hollow Ivy Jasmine Juniper Kestrel King Lantern Lark Laurel Lavender Lilac Linden Maple Market Mason Mercer
Merchant Miller Mint Mulberry Nightingale Oak Olive Orchard Osprey Otter Pearl Pilot Plum Poplar Quarry Queen Robin Rope Rowan Saddler Sail
Salt Sexton Silver Sparrow Swan Tanner Thatcher Thorn Tinker Vine Violet Wagon Walnut Weaver Willow Wren`.split(/\s+/);
const lastWords = ["Street", "Lane", "Road", "Row", "Walk", "Close", "Gardens"];
const prefixes = ["", "Upper ", "Lower ", "Old ", "New "];

/** Gives out street names, no one twice: first those without a prefix. Throws RangeError when there are no more. */
export function nameStreets(): () => string {
  let next = 0;
  const perPrefix = firstWords.length * lastWords.length;
  return () => {
    const round = Math.floor(next / firstWords.length);
    const first = firstWords[next % firstWords.length];
    // Shifted by one from round to round, so that no pair comes twice and neighbours do not end alike.
    const last = lastWords[((next % firstWords.length) + round) % lastWords.length];
    const prefix = prefixes[Math.floor(next / perPrefix)];
    if (prefix === undefined) throw new RangeError(`there are no more than ${next} street names`);
    next++;
    return `${prefix}${first} ${last}`;
  };
}
