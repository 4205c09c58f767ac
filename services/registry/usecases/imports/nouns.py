"""The nouns that lists can be imported of: a table of contents."""

from collections.abc import Mapping

from services.registry.usecases.imports.activity import ACTIVITIES
from services.registry.usecases.imports.importable import Importable
from services.registry.usecases.imports.organisation import ORGANISATIONS
from services.registry.usecases.imports.output import OUTPUTS

NOUNS: Mapping[str, Importable] = {"activities": ACTIVITIES, "organisations": ORGANISATIONS, "outputs": OUTPUTS}
