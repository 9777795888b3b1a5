// sound: circomlib's BabyAdd after BabyCheck of both points, and its sum added once more
// input: {"p": ["5299619240641551281634865583518297030282874472190772894086521144482721001553", "16950150798460657717958625567821834550301663161624707787222815936182638968203"], "q": ["0", "1"]}
pragma circom 2.0.0;
include "babyjub.circom";

template AddChecked() {
    signal input p[2];
    signal input q[2];
    signal output out[2];
    component checks[2];
    component sums[2];
    for (var i = 0; i < 2; i++) {
        checks[i] = BabyCheck();
        checks[i].x <== i == 0 ? p[0] : q[0];
        checks[i].y <== i == 0 ? p[1] : q[1];
        sums[i] = BabyAdd();
    }
    sums[0].x1 <== p[0];
    sums[0].y1 <== p[1];
    sums[0].x2 <== q[0];
    sums[0].y2 <== q[1];
    sums[1].x1 <== sums[0].xout;
    sums[1].y1 <== sums[0].yout;
    sums[1].x2 <== -p[0];
    sums[1].y2 <== p[1];
    out[0] <== sums[1].xout;
    out[1] <== sums[1].yout;
}

component main = AddChecked();
