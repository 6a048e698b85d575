/** Columns as wide as they must be. A column of numbers (its title starts with a space) stands to the right. */
export function textTable(head: readonly string[], rows: readonly (readonly string[])[], indent = ''): string {
  const widths = head.map((title, column) =>
    Math.max(title.trimStart().length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const isRight = head.map((title) => title.startsWith(' '));
  const line = (cells: readonly string[]): string => {
    const padded = cells.map((cell, column) => {
      const width = widths[column] ?? 0;
      return isRight[column] === true ? cell.padStart(width) : cell.padEnd(width);
    });
    return `${indent}${padded.join('  ').trimEnd()}\n`;
  };
  return [head.map((title) => title.trimStart()), ...rows].map(line).join('');
}
