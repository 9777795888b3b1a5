// sound: circomlib; 254 bits, and a comparison with r - 1
// input: {"in": "5"}
pragma circom 2.0.0;
include "bitify.circom";
component main = Num2Bits_strict();
