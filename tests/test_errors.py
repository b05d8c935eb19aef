"""The exceptions of the program are those that its tree names."""

import importlib
import pkgutil
import re

import autograder
from autograder import errors


def test_the_tree_names_every_exception_of_the_program():
    for module in pkgutil.walk_packages(autograder.__path__, "autograder."):
        if not module.name.endswith(("__main__", "plugin")):
            importlib.import_module(module.name)

    def below(kind):
        return {kind.__name__}.union(*map(below, kind.__subclasses__()))

    kinds = below(errors.AutograderError) | below(errors.CheckFailed)
    named = set(re.findall(r"(?m)^(?:[│ ]*[├└]── )?([A-Z]\w+)(?= |$)", errors.__doc__))
    assert {"AutograderError", "CheckFailed", "NotYet"} <= kinds
    assert kinds == named - {"The", "AssertionError"}
