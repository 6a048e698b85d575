import { distance } from 'fastest-levenshtein';

/** Longer names are not compared: they are no typing error, and comparing costs the product of the lengths. */
const LONGEST = 100;
const MOST = 3;

/** The known names that someone may have meant, nearest first, at most three. */
export function nearestNames(name: string, known: Iterable<string>): string[] {
  if (name.length === 0 || name.length > LONGEST) {
    return [];
  }
  const wanted = fold(name);
  const near: { name: string; steps: number }[] = [];
  for (const candidate of known) {
    if (candidate.length > LONGEST) {
      continue;
    }
    const folded = fold(candidate);
    const steps = distance(wanted, folded);
    // "Whisper" for "WhisperNode" is further away in letters than any typing error, and as plain to a reader.
    const contained = wanted.length >= 4 && folded.startsWith(wanted);
    if (contained || steps <= Math.ceil(Math.max(wanted.length, folded.length) / 3)) {
      near.push({ name: candidate, steps });
    }
  }
  return near
    .sort((a, b) => a.steps - b.steps || (a.name < b.name ? -1 : 1))
    .slice(0, MOST)
    .map((entry) => entry.name);
}

/** `; did you mean 'a' or 'b'?`, or nothing when no name is near. */
export function didYouMean(name: string, known: Iterable<string>): string {
  const names = nearestNames(name, known).map((near) => `'${near}'`);
  const last = names.pop();
  if (last === undefined) {
    return '';
  }
  return names.length === 0 ? `; did you mean ${last}?` : `; did you mean ${names.join(', ')} or ${last}?`;
}

/** Case, "_" and "-" do not make two names different. */
function fold(name: string): string {
  return name.toLowerCase().replaceAll(/[_-]/g, '');
}
