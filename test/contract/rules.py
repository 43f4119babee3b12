"""The rules that no schema can state, such as that two parameters must agree.

Schemathesis makes requests by the schemas alone, so it breaks such rules all the time. They are listed here with the
words by which the contract states them: to refuse a valid request for another reason is a failure, and so is a rule
that the contract doesn't state.
"""

import random
import re

import schemathesis
import yaml

# Schemathesis writes YAML by version 1.1, in which texts such as 1e100 and 0o7 need no quotes. By version 1.2, which
# the server reads, they are numbers.
NUMBER = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$|[-+]?0o[0-7]+$")
yaml.CSafeDumper.add_implicit_resolver("tag:yaml.org,2002:float", NUMBER, list("-+.0123456789"))

# What the contract says: the message of the error for those who don't heed it.
RULES = {
    "Makes an error of each warning in the recipe's metadata": "^not with strict: ",
    "**Numbers** in bodies that are whole lie between": r"body: line \d+: number .* can't be represented exactly",
    "10,000 values and 64 levels of nesting": r"(body: .*|then hold )more than \d+ (values|levels)",
    "When both are given they must agree": r"gpu=\w+ contradicts accelerator=\w+",
    "One that the recipe doesn't have is an error": r"invalid bundlers: component .* is not in the recipe",
    "A component that the bundle doesn't hold is an error": r"invalid (force-)?set: component .* is not in this bundle",
    "What follows the colon is read by the rules of `helm --set`": r"invalid (force-)?set \".*\": ",
    "that are sized by it. An error if the recipe has none of them": r"nodes has no place in this recipe",
    "or its criteria say another number": r"nodes=\d+ contradicts the criteria",
    "those of one name have to come from one repository": r"mirror can't hold the chart",
    "together with `storage-size`. An error if the recipe has none of them": r"storage-(class|size) has no place",
    "for the components that keep data in a volume, together with": r"storage-class and storage-size go together",
    "a DNS name of at most 253 characters": r"-node-(selector|toleration): .* prefix part must be no more than 253",
    "The other deployers take none": r"invalid repo: deployer \w+ reads nothing from a repository",
    "The URL and the path hold neither `.` nor `..`": r"invalid repo .* neither \. nor \.\. may stand in the",
    "The address of a page about the repository": r"invalid repo .* that is a page about the repository",
    "hold neither `.` nor `..`, a tag no slash": r"invalid repo .* a tag has no slash",
    "and the name of an artifact no capitals": r"invalid repo .* is no repository in a registry",
    "that `git check-ref-format` accepts": r"invalid repo .* is none that Git takes",
    "a URL such as `https://github.com/example": r"(invalid |component ).*(is no host|ports go from)",
    "May be repeated, for other keys": r"invalid (system|accelerated)-node-selector: .* already",
    "It is an error if the recipe's values hold something else where an option goes": r"[a-z-]+ can't be applied to ",
    "`helmfile` would resolve values with `ref+` where it is deployed": r"the values of .* hold «ref\+»",
    "can't take over a namespace that is among a component's manifests": r".* brings its namespace .* as a manifest",
    "after which no component may be named": r"component .* would replace an object of that name",
    "In one of `oci://…` names are small letters and digits": r"component .* can't be in the OCI registry",
    "in install order, each of them once": r"component .* is in componentRefs twice",
    "A component that this server doesn't know needs": r"unknown component ",
    "Components of this recipe that have to be installed": r"component .* depends on .*, which the recipe doesn't have",
    "They can't depend on it in turn": r"componentRefs: dependency cycle",
    "An order that dependencies contradict is an error": r"component .* has order \d+, but depends on",
    "by name, each of them once, of components that the recipe has": r"precondition .* (twice|the recipe doesn't have)",
    "in this order, each of them once in a recipe": r"(component .* has|components .* both have) the manifest",
}


@schemathesis.hook
def after_load_schema(context, schema):
    contract = " ".join(" ".join(descriptions(schema.raw_schema)).split())  # however its lines are broken
    unstated = [words for words in RULES if words not in contract]
    assert not unstated, f"the contract doesn't say: {unstated}"


def descriptions(part):
    """All descriptions in a part of the contract."""
    if isinstance(part, dict):
        if isinstance(part.get("description"), str):
            yield part["description"]
        part = list(part.values())
    for item in part if isinstance(part, list) else []:
        yield from descriptions(item)


@schemathesis.check
def refused_by_a_rule(context, response, case):
    """A valid request is refused by one of the rules or not at all."""
    if response.status_code != 400 or not is_valid(case):
        return
    message = response.json()["message"]
    assert any(re.search(rule, message, re.DOTALL) for rule in RULES.values()), f"no rule refuses this: {message}"


@schemathesis.hook
def before_call(context, case, kwargs):
    """Makes most valid requests heed the rules and conditions: by chance, next to none would."""
    if is_valid(case) and "If-Match" in (case.headers or {}) and random.Random(str(case.headers)).random() < 0.8:
        case.headers["If-Match"] = "*"
    whole = str([case.query, case.body])  # the coverage phase has one query for many bodies, and the reverse
    if is_valid(case) and "strict" in (case.query or {}) and random.Random(whole).random() < 0.97:
        del case.query["strict"]
    if case.operation.definition.raw.get("operationId") != "createBundle" or not is_valid(case):
        return
    if random.Random(whole).random() < 0.8:
        case.body, case.query = heed(case.body, dict(case.query))


def is_valid(case):
    return case.meta is not None and case.meta.generation.mode.is_positive


def heed(body, query):
    names = ["kube-prometheus-stack"]  # which all recipes hold that criteria are resolved to
    query.pop("nodes", None)  # which none of their components takes
    if body["kind"] == "Recipe":
        stated = {"chart": "example", "namespace": "example"}
        heeded = {"repository": "https://charts.example.com", "dependencyRefs": []}
        components = {ref["name"]: stated | ref | heeded for ref in body["componentRefs"]}
        body, names = body | {"componentRefs": list(components.values())}, list(components)
        for hint in "storage-class", "storage-size":
            query.pop(hint, None)
    elif "storage-class" in query or "storage-size" in query:
        query = {"storage-class": "gp3", "storage-size": "50Gi"} | query
    if "bundlers" in query:
        query["bundlers"] = names[:1]
    for option in "set", "force-set":
        if option in query:
            query[option] = [re.sub("^[^:]*", names[0], assignment) for assignment in query[option]]
    if "repo" in query:
        query["deployer"] = "flux"
    return body, query
