/** Marks and notes that came with a recording; null for studies imported before they were kept. */
export const EVENTS = `
ALTER TABLE studies ADD COLUMN events TEXT;
`;
