import { expect, test } from "vitest";
import { CONTENT } from "./code.ts";
import { etagOf, LargeAnswers } from "./large-answers.ts";

const answer = (length: number, fill = 0) => {
  const payload = new Uint8Array(length).fill(fill);
  return { code: CONTENT, options: [], payload, etag: etagOf(payload) };
};

test("an answer is kept for EXCHANGE_LIFETIME", () => {
  const answers = new LargeAnswers({ largeAnswersMax: 2, largeAnswerBytesMax: 100 });
  answers.keep("a", answer(10), 0);
  expect(answers.find("a", 246_999)).toBeDefined();
  expect(answers.find("a", 247_000)).toBeUndefined();
  expect([answers.size, answers.bytes]).toEqual([0, 0]);
});

test("at the limit of number or bytes the one stored longest ago goes", () => {
  const answers = new LargeAnswers({ largeAnswersMax: 2, largeAnswerBytesMax: 100 });
  answers.keep("a", answer(10), 0);
  answers.keep("b", answer(10), 1);
  answers.keep("c", answer(10), 2);
  expect([answers.find("a", 3), answers.size]).toEqual([undefined, 2]);
  answers.keep("d", answer(95), 4);
  expect([answers.find("b", 5), answers.find("c", 5), answers.bytes]).toEqual([undefined, undefined, 95]);
});

test("another payload has another tag", () => {
  expect(etagOf(new Uint8Array(40).fill(1))).not.toEqual(etagOf(new Uint8Array(40).fill(2)));
  expect(etagOf(new Uint8Array(40))).toEqual(etagOf(new Uint8Array(40)));
});
