// sound: circomlib
// input: {"sel": "1", "L": "5", "R": "6"}
pragma circom 2.0.0;
include "switcher.circom";
component main = Switcher();
