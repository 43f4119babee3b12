from ..types import OpenEnum


class RecipeCriteriaKind(OpenEnum):
    RECIPECRITERIA = "recipeCriteria"
