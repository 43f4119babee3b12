from ..types import OpenEnum


class Accelerator(OpenEnum):
    A100 = "a100"
    ANY = "any"
    GB200 = "gb200"
    H100 = "h100"
    L40 = "l40"
