from enum import StrEnum


class RecipeKind(StrEnum):
    RECIPE = "Recipe"

    def __str__(self) -> str:
        return str(self.value)
