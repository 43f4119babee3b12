"""Contains all the data models used in inputs/outputs"""

from .accelerator import Accelerator
from .api_version import APIVersion
from .component_ref import ComponentRef
from .constraints import Constraints
from .constraints_driver import ConstraintsDriver
from .constraints_kernel import ConstraintsKernel
from .constraints_kubernetes import ConstraintsKubernetes
from .constraints_os import ConstraintsOS
from .criteria import Criteria
from .deployer import Deployer
from .error_body import ErrorBody
from .error_code import ErrorCode
from .error_details import ErrorDetails
from .explanation import Explanation
from .format_ import Format
from .health import Health
from .health_status import HealthStatus
from .index import Index
from .index_service import IndexService
from .intent import Intent
from .kubernetes_object import KubernetesObject
from .os import OS
from .pod_security import PodSecurity
from .precondition import Precondition
from .readiness import Readiness
from .readiness_status import ReadinessStatus
from .recipe import Recipe
from .recipe_choice import RecipeChoice
from .recipe_criteria import RecipeCriteria
from .recipe_criteria_kind import RecipeCriteriaKind
from .recipe_criteria_metadata import RecipeCriteriaMetadata
from .recipe_kind import RecipeKind
from .recipe_metadata import RecipeMetadata
from .recipe_warning import RecipeWarning
from .service import Service
from .spec import Spec
from .values import Values

__all__ = (
    "Accelerator",
    "APIVersion",
    "ComponentRef",
    "Constraints",
    "ConstraintsDriver",
    "ConstraintsKernel",
    "ConstraintsKubernetes",
    "ConstraintsOS",
    "Criteria",
    "Deployer",
    "ErrorBody",
    "ErrorCode",
    "ErrorDetails",
    "Explanation",
    "Format",
    "Health",
    "HealthStatus",
    "Index",
    "IndexService",
    "Intent",
    "KubernetesObject",
    "OS",
    "PodSecurity",
    "Precondition",
    "Readiness",
    "ReadinessStatus",
    "Recipe",
    "RecipeChoice",
    "RecipeCriteria",
    "RecipeCriteriaKind",
    "RecipeCriteriaMetadata",
    "RecipeKind",
    "RecipeMetadata",
    "RecipeWarning",
    "Service",
    "Spec",
    "Values",
)
