"""What students do in a terminal: watch saves, see progress, take hints, start an exercise anew, hand in."""
