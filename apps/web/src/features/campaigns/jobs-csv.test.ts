import type { JobView } from "@lamplighter/api/views";
import { expect, test } from "vitest";
import { csvCell, jobsCsv } from "./jobs-csv";

const job: JobView = {
  id: "j1",
  campaignId: "c1",
  deviceId: "d1",
  endpoint: "urn:dev:1",
  name: 'Corner, "old" mill',
  waveOrdinal: 1,
  state: "failed",
  skipReason: null,
  waitReason: null,
  failureCode: "integrity",
  detail: "The light said:\nCRC mismatch",
  attempt: 2,
  fromVersion: "2.0.0",
  expectedVersion: "2.1.0",
  bytesDone: 65_536,
  bytesTotal: 65_536,
  deadlineAt: null,
  nextAttemptAt: null,
  updatedAt: "2026-06-01T12:00:00.000Z",
};

test("a job is one record with its reason, quoted as RFC 4180 asks", () => {
  expect(jobsCsv([job])).toBe(
    "endpoint,name,wave,state,reason,detail,attempt,from_version,expected_version,bytes_done,bytes_total,updated_at\r\n" +
      'urn:dev:1,"Corner, ""old"" mill",1,failed,integrity,"The light said:\nCRC mismatch",2,2.0.0,2.1.0,65536,65536,2026-06-01T12:00:00.000Z\r\n',
  );
});

test("text that a spreadsheet would run as a formula is made harmless, numbers are left alone", () => {
  expect(csvCell("=HYPERLINK(1)")).toBe("'=HYPERLINK(1)");
  expect(csvCell("@x")).toBe("'@x");
  expect(csvCell("-12.5")).toBe("-12.5");
});
