"""What countries are called: Unicode's CLDR, as Babel has it, but where a country's own officers say otherwise."""

from babel import Locale

_OTHERWISE = {("ru", "KG"): "Кыргызстан"}  # as its own laws say in Russian; CLDR has the older Киргизия


def country_name(code: str, locale: Locale) -> str:
    """`KG` → `Kyrgyzstan`, `Кыргызстан`; a code that no list knows stays as it is."""
    return _OTHERWISE.get((locale.language, code)) or str(locale.territories.get(code, code))
