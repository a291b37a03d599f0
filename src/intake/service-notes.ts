/** PORT of the intake stage: what the service itself must know after a restart, and which GitHub does not keep for us. */
export interface ServiceNotes {
  /** Whether nothing may be written to a repository: it is switched off, or the app as a whole is. Without one: the whole. */
  isOff(repository?: string): boolean;
  /** All that is switched off, the whole app as null. */
  switchedOff(): SwitchedOff[];
  /**
   * Switches a repository (repositoryKey), or the app as a whole (null).
   * @param comment id of the comment that said so: one that was written before it changes nothing. The command line has none
   */
  setSwitch(repository: string | null, off: boolean, by: string, comment?: number): void;
  /** When it, or the app as a whole, was switched off or on last (epoch ms); null where that never happened. */
  switchedAt(repository: string): number | null;
  /** Where a way to read GitHub goes on, by its name; null at the beginning. */
  mark(repository: string, name: string): string | null;
  setMark(repository: string, name: string, value: string): void;
  /** The name (repositoryKey) under which GitHub's id of a repository was seen last, and the id that was seen under a name. */
  nameOf(id: number): string | null;
  idOf(repository: string): number | null;
  setName(id: number, repository: string): void;
  /** Nobody had the name; switch and marks stay. */
  forgetName(repository: string): void;
  /** Switch and marks go on under another name; marks that one has already stay, and what is off under either is off. */
  renameRepository(from: string, to: string): void;
  forgetRepository(repository: string): void;
  shut(): void;
}

export interface SwitchedOff {
  repository: string | null;
  by: string;
  /** Epoch ms. */
  at: number;
}
