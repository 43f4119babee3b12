from ..types import OpenEnum


class Intent(OpenEnum):
    ANY = "any"
    INFERENCE = "inference"
    TRAINING = "training"
