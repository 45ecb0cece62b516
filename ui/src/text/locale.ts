/**
 * The locale for figures and dates. With `LANG=C.UTF-8` WebKit says that its language is "C", and
 * `new Intl.NumberFormat("C")` throws, so the language is checked once, before anything formats.
 */

/** The first of the wishes that `Intl` takes, or English. */
export function usableLocale(wishes: readonly (string | undefined)[]): string {
  for (const wish of wishes) {
    if (!wish) continue;
    try {
      const [taken] = Intl.getCanonicalLocales(wish);
      if (taken && taken.length > 1 && Intl.NumberFormat.supportedLocalesOf(taken).length > 0) return taken;
    } catch {
      // Not a language tag ("C", "POSIX"): the next wish.
    }
  }
  return "en";
}

/**
 * Words are English in this release, and so is the punctuation of figures; dates are written day first,
 * the way the words around them read.
 */
export const FIGURES = "en";

/** Makes `navigator.language` something that `Intl` takes. */
export function repairLanguage(nav: Navigator = navigator) {
  const locale = usableLocale([nav.language, ...(nav.languages ?? [])]);
  if (locale === nav.language) return;
  Object.defineProperty(nav, "language", { value: locale, configurable: true });
  Object.defineProperty(nav, "languages", { value: [locale], configurable: true });
}
