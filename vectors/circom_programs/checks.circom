pragma circom 2.1.5;
template Inner(n) {
    signal input value;
    signal output half;
    assert(value < n);
    half <-- value \ 2;
    half * 2 === value;
}
template Checks() {
    signal input amounts[2][3];
    signal input rate;
    signal output sum;
    signal parts[2];
    component inner = Inner(1000);
    log("rate", rate);
    for (var i = 0; i < 2; i++) {
        parts[i] <== rate * (amounts[i][0] + 2 * amounts[i][1] + 4 * amounts[i][2]);
        log("part", i, "is", parts[i]);
    }
    inner.value <== parts[0];
    sum <== inner.half + parts[1];
}
component main {public [rate]} = Checks();
