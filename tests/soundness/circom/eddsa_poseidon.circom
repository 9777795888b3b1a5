// sound: circomlib's EdDSAPoseidonVerifier, after BabyCheck of both points; see escalar_mul_any
// input: {"enabled": "1", "A": ["7213804058437517225655640060382044075601804767233776050040657887788346172451", "9676030001704149956917748664895742850851470486378548511867576189960217264123"], "S": "459907342783832529812698659185495420183797643365374766266067218939365063554", "R8": ["14601550909314099251124722465363970471871068907943635210931536126885238277607", "13165262332288920593447124866072468691193499977594035303186680348668888074303"], "M": "42"}
pragma circom 2.0.0;
include "eddsaposeidon.circom";

template VerifyChecked() {
    signal input enabled;
    signal input A[2];
    signal input S;
    signal input R8[2];
    signal input M;
    component checks[2];
    for (var i = 0; i < 2; i++) {
        checks[i] = BabyCheck();
        checks[i].x <== i == 0 ? A[0] : R8[0];
        checks[i].y <== i == 0 ? A[1] : R8[1];
    }
    component verifier = EdDSAPoseidonVerifier();
    verifier.enabled <== enabled;
    verifier.Ax <== A[0];
    verifier.Ay <== A[1];
    verifier.S <== S;
    verifier.R8x <== R8[0];
    verifier.R8y <== R8[1];
    verifier.M <== M;
}

component main = VerifyChecked();
