// sound: circomlib
// input: {"c": ["1","2","3","4","5","6","7","8","9","10","11","12","13","14","15","16"], "s": ["1","0","1","0"]}
pragma circom 2.0.0;
include "mux4.circom";
component main = Mux4();
