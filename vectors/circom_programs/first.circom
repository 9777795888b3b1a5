template First() {
    signal input x;
    signal private input b[2];
    signal output y;
    signal t;
    t <== x * b[0];
    log(t);
    y <== t * b[1] + 5;
    b[0] * b[0] === b[1];
}
component main = First();
