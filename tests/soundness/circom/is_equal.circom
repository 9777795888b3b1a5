// sound: circomlib
// input: {"in": ["5", "6"]}
pragma circom 2.0.0;
include "comparators.circom";
component main = IsEqual();
