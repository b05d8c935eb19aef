"""Show formulas where there is nothing to set them with: in terminals, and in stored results."""

from __future__ import annotations

import re

SIGNS = {
    "times": "×", "cdot": "·", "odot": "⊙", "le": "≤", "leq": "≤", "ge": "≥", "geq": "≥", "ne": "≠", "neq": "≠",
    "approx": "≈", "to": "→", "rightarrow": "→", "infty": "∞", "sum": "Σ", "prod": "Π", "sqrt": "√", "in": "∈",
    "partial": "∂", "nabla": "∇", "pm": "±", "ldots": "…", "dots": "…", "cdots": "…", "mid": "|", "sim": "~",
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "varepsilon": "ε", "eta": "η",
    "theta": "θ", "kappa": "κ", "lambda": "λ", "mu": "μ", "pi": "π", "rho": "ρ", "sigma": "σ", "tau": "τ",
    "phi": "φ", "varphi": "φ", "psi": "ψ", "omega": "ω", "Delta": "Δ", "Sigma": "Σ", "Omega": "Ω", "ell": "ℓ",
    "lfloor": "⌊", "rfloor": "⌋", "lceil": "⌈", "rceil": "⌉", "quad": " ", "left": "", "right": "", "star": "∗",
}  # fmt: skip
FORMULA = re.compile(r"\$\$?(.+?)\$?\$", re.DOTALL)


def readable_math(text: str) -> str:
    """Return a text with its formulas as a terminal can show them: signs for commands, fractions with a slash."""
    return FORMULA.sub(lambda match: _plain(match.group(1)), text)


def _plain(formula: str) -> str:
    for _pass in range(4):
        formula = re.sub(r"\\d?frac\{([^{}]*)\}\{([^{}]*)\}", r"(\1)/(\2)", formula)
        formula = re.sub(r"\\(?:text|math\w+|operatorname|boldsymbol)\{([^{}]*)\}", r"\1", formula)
        formula = re.sub(r"\\(?:tilde|hat|bar)\{?(\w)\}?", r"\1~", formula)
        formula = re.sub(r"([_^])\{([^{}]*)\}", r"\1\2", formula)
    formula = re.sub(r"\\([A-Za-z]+)", lambda match: SIGNS.get(match.group(1), match.group(1)), formula)
    return re.sub(r"\\[,;:! ]", " ", formula).replace("{", "").replace("}", "").replace("\\", "")
