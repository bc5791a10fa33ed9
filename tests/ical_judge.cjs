// Reads calendars with ical.js, and prints as JSON what it finds in each: name, and how each date was understood.
const { readFileSync } = require("node:fs");
const ICAL = require("./node_modules/ical.js/dist/ical.es5.cjs");

function read(path) {
  ICAL.TimezoneService.reset();
  const calendar = new ICAL.Component(ICAL.parse(readFileSync(path, "utf8")));
  for (const zone of calendar.getAllSubcomponents("vtimezone")) ICAL.TimezoneService.register(zone);
  return calendar.getAllSubcomponents("vevent").map((each) => {
    const event = new ICAL.Event(each, { strictExceptions: true });
    return {
      uid: event.uid,
      sequence: event.sequence,
      status: each.getFirstPropertyValue("status"),
      start: event.startDate.toString(),
      // A day has no instant: it is the same day wherever somebody is.
      instant: event.startDate.isDate ? null : event.startDate.toJSDate().toISOString(),
      end: event.endDate.toString(),
      summary: event.summary,
      description: event.description,
    };
  });
}

console.log(JSON.stringify(process.argv.slice(2).map(read)));
