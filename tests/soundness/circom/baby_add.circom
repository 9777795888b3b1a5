// sound: circomlib, for points on the curve, which it does not check; see baby_add_checked
// input: {"x1": "0", "y1": "1", "x2": "0", "y2": "1"}
pragma circom 2.0.0;
include "babyjub.circom";
component main = BabyAdd();
