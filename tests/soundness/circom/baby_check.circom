// sound: circomlib
// input: {"x": "0", "y": "1"}
pragma circom 2.0.0;
include "babyjub.circom";
component main = BabyCheck();
