/**
 * Keeps this process from sleeping while it generates load; the returned function lets it sleep again.
 *
 * To wake a sleeping receiver costs the sender some microseconds within its system call. A slow server would pay that
 * for every datagram and a fast one hardly ever, because its generator is always busy: the same call, two prices.
 */
export function stayAwake(): () => void {
  let isAwake = true;
  const turn = () => {
    if (isAwake) setImmediate(turn);
  };
  turn();
  return () => {
    isAwake = false;
  };
}
