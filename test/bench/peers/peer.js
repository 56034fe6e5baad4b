/**
 * A module of the peers, or undefined where they are not installed or do not run here; why not is told on stderr.
 * @param {string} name a file beside this one
 */
export async function peer(name) {
  try {
    return await import(new URL(name, import.meta.url).href);
  } catch (error) {
    process.stderr.write(`peer not runnable here: ${error.message.split('\n')[0]}\n`);
    return undefined;
  }
}
