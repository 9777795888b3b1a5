// sound: circomlib's EscalarMulFix of 253 bits that Num2Bits makes booleans
// input: {"in": "1234567890123456789012345678901234567890123456789012345678901234567890"}
pragma circom 2.0.0;
include "babyjub.circom";
component main = BabyPbk();
