// sound: circomlib
// input: {"x_in": "5", "k": "6"}
pragma circom 2.0.0;
include "mimc.circom";
component main = MiMC7(91);
