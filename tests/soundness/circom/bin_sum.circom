// sound: circomlib
// input: {"in": [["1","0","1"],["1","1","0"]]}
pragma circom 2.0.0;
include "binsum.circom";
component main = BinSum(3, 2);
