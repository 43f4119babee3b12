from ..types import OpenEnum


class RecipeKind(OpenEnum):
    RECIPE = "Recipe"
