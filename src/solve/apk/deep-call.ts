/** A function that calls others of its kind by yielding them, so that depth is not bounded by the stack of JavaScript. */
export type DeepCall = Generator<DeepCall, void>;

/** Runs a call with everything that it calls. */
export function runDeep(call: DeepCall): void {
  const stack = [call];
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const { done, value } = top.next();
    if (done === true) stack.pop();
    else stack.push(value);
  }
}
