// sound: circomlib; two constraints together that no rule knows
// input: {"in": "5"}
pragma circom 2.0.0;
include "bitify.circom";
component main = Num2Bits_strict();
