"""Train the course's large character model: two LSTM layers of 256 units, batches of 32 sequences of 35 steps.

    python benchmarks/language_model.py [--device cuda] [--epochs 500] [--layers own]

The first 10,000 characters of a text in `source_data/` are learnt by heart, by gradient descent with a learning rate of
2 and gradients clipped to norm 1, as in *Dive into Deep Learning*, sections 8.5 and 9.3 (the 2021 edition). The study
notes that this course follows print a perplexity of 1.1 and 224,250 tokens a second on their GPU. Vocabulary, batches
and perplexity are the references of the unit `recurrent`. `--layers own` takes the references of its cells as well, a
step at a time; the default is torch's fused LSTM. Nothing is asserted; the perplexity of the last epoch and the tokens
a second over all epochs are printed.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

import torch
from torch.nn.functional import one_hot
from tqdm import tqdm

from autograder.units import Course

HERE = Course(Path(__file__).resolve().parents[1])
CHARACTERS, BATCH, STEPS, HIDDEN, LAYERS = 10_000, 32, 35, 256, 2
RATE, LONGEST = 2.0, 1.0


class FusedModel(torch.nn.Module):
    """Predict the next character with `torch.nn.LSTM`."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.size = size
        self.lstm = torch.nn.LSTM(size, HIDDEN, LAYERS)
        self.head = torch.nn.Linear(HIDDEN, size)

    def forward(self, tokens: torch.Tensor, state: Any) -> tuple[torch.Tensor, Any]:
        """Take tokens `(BATCH, STEPS)` and a state; return logits `(STEPS, BATCH, size)` and the new state."""
        outputs, state = self.lstm(one_hot(tokens.T, self.size).float(), state)
        return self.head(outputs), tuple(part.detach() for part in state)


class OwnModel(torch.nn.Module):
    """Predict the next character with the references of `lstm_step` and `deep_rnn`."""

    def __init__(self, size: int, references: dict[str, Any]) -> None:
        super().__init__()
        self.size, self.references = size, references
        self.layers = torch.nn.ModuleList()
        for inputs in (size, *[HIDDEN] * (LAYERS - 1)):
            shapes = {"W_x": (inputs, HIDDEN), "W_h": (HIDDEN, HIDDEN), "b_": (HIDDEN,)}
            bound = HIDDEN**-0.5
            parts = {
                f"{name}{gate}": torch.nn.Parameter(torch.empty(shape).uniform_(-bound, bound))
                for name, shape in shapes.items()
                for gate in "ifoc"
            }
            self.layers.append(torch.nn.ParameterDict(parts))
        self.head = torch.nn.Linear(HIDDEN, size)

    def forward(self, tokens: torch.Tensor, state: Any) -> tuple[torch.Tensor, Any]:
        """Take tokens `(BATCH, STEPS)` and a state; return logits `(STEPS, BATCH, size)` and the new state."""
        if state is None:
            zeros = torch.zeros(len(tokens), HIDDEN, device=tokens.device)
            state = [(zeros, zeros)] * LAYERS
        inputs = one_hot(tokens.T, self.size).float()
        layers = [dict(layer.items()) for layer in self.layers]
        outputs, state = self.references["deep_rnn"](self.references["lstm_step"], inputs, state, layers)
        return self.head(outputs), [tuple(part.detach() for part in layer) for layer in state]


def main() -> None:
    """Train, and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--epochs", type=int, default=500)
    parser.add_argument("--layers", choices=["fused", "own"], default="fused")
    parser.add_argument("--text", type=Path, default=HERE.root / "source_data" / "texts" / "harbour.txt")
    options = parser.parse_args()
    references = HERE.unit("recurrent").references
    text = list(options.text.read_text(encoding="utf-8").lower()[:CHARACTERS])
    idx_to_token, token_to_idx = references["build_vocab"](text)
    corpus = torch.tensor([token_to_idx[character] for character in text])
    torch.manual_seed(0)
    size = len(idx_to_token)
    model = FusedModel(size) if options.layers == "fused" else OwnModel(size, references)
    model.to(options.device)
    optimizer = torch.optim.SGD(model.parameters(), lr=RATE)
    trained, start, mean = 0, time.perf_counter(), float("nan")
    for epoch in tqdm(range(options.epochs), unit="epoch", disable=None):
        state, losses = None, []
        for X, Y in references["sequential_batches"](corpus, BATCH, STEPS, epoch % STEPS):
            logits, state = model(X.to(options.device), state)
            loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), Y.T.flatten().to(options.device))
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), LONGEST)
            optimizer.step()
            losses.append(loss.detach())
            trained += Y.numel()
        mean = torch.stack(losses).mean()
    perplexity = float(torch.exp(mean))
    seconds = time.perf_counter() - start
    name = torch.cuda.get_device_name() if options.device.startswith("cuda") else options.device
    print(f"{options.layers} layers on {name}, torch {torch.__version__}, {options.epochs} epochs")
    print(f"perplexity {perplexity:.3f}   {trained / seconds:,.0f} tokens/s   {seconds:.1f} s")


if __name__ == "__main__":
    main()
