// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EligibilityGate} from "../src/gates/EligibilityGate.sol";
import {EscrowGate} from "../src/gates/EscrowGate.sol";
import {LedgerGate} from "../src/gates/LedgerGate.sol";
import {Groth16Verifier} from "../src/Groth16Verifier.sol";
import {IApplicationGate} from "../src/interfaces/IApplicationGate.sol";
import {ICreditLedger} from "../src/interfaces/ICreditLedger.sol";
import {IEscrowGate} from "../src/interfaces/IEscrowGate.sol";
import {IGroth16Verifier} from "../src/interfaces/IGroth16Verifier.sol";
import {Nullifier} from "../src/types/Nullifier.sol";
import {ProductId} from "../src/types/ProductId.sol";
import {GateFixture} from "./support/GateFixture.sol";
import {LedgerFixture} from "./support/LedgerFixture.sol";
import {LoneMarket} from "./support/LoneMarket.sol";
import {NO_FX} from "./support/NoFx.sol";

/// @dev What IApplicationGate promises about a proof, at each of its gates: it fits exactly one
///      chain, gate, market, borrower, product, principal, purpose, terms, application number and
///      deadline. The verifiers are real and each proof is genuine for the unchanged application.
contract ApplicationPromisesTest is GateFixture, LedgerFixture {
    enum Field {
        Chain,
        Gate,
        Market,
        Borrower,
        Product,
        Principal,
        Purpose,
        Terms,
        Number,
        Deadline
    }

    uint256 private constant NULLIFIER = 77;
    uint256 private constant CHAIN = 31337;
    IApplicationGate private judge;
    IApplicationGate private twin;
    uint256[] private rest; // the public inputs that follow policy and context
    bool private sealing;
    IEscrowGate.Seal private seal_;

    function setUp() public {
        loadToySetup();
        deployLedger();
        deployParts();
    }

    function application() private view returns (IApplicationGate.Application memory a) {
        a.borrower = BORROWER;
        a.productId = ProductId.wrap(1);
        a.principal = PRINCIPAL;
        a.purpose = PURPOSE;
        a.instalment = 10_000;
        a.termsHash = keccak256("terms");
        a.policy.maxScore = 65535;
        a.policy.maxDtiBps = 65535;
        a.policy.maxDelinquencies = 65535;
    }

    /// @dev Evidence whose proof is genuine for this application, with this deadline.
    function evidence(IApplicationGate.Application memory a, uint256 deadline)
        private
        view
        returns (IApplicationGate.Evidence memory e)
    {
        e.policyNow = uint40(block.timestamp);
        e.deadline = uint40(deadline);
        if (rest.length == 6) {
            e.nullifier = Nullifier.wrap(ledger.accountOf(keyOf(SECRET)));
        } else {
            (e.registryRoot, e.nullifier) = (ROOT, Nullifier.wrap(NULLIFIER));
        }
        uint256[] memory x = new uint256[](2 + rest.length);
        uint256 nonce = judge.applicationNonce(address(market), a.borrower);
        x[0] = judge.policyWord(a.policy, a.instalment, e.policyNow);
        x[1] = judge.contextOf(address(market), a, nonce, deadline);
        for (uint256 i = 0; i < rest.length; ++i) {
            x[2 + i] = rest[i];
        }
        e.proof = toyProof(x);
    }

    /// @dev Where the gate wants a seal, the borrower places the proven one for this context, so
    ///      that only the proof is left to judge.
    function place(
        IApplicationGate asked,
        address market_,
        IApplicationGate.Application memory a,
        uint256 deadline
    ) private {
        if (!sealing) return;
        uint256 nonce = asked.applicationNonce(market_, a.borrower);
        uint256 context = asked.contextOf(market_, a, nonce, deadline);
        vm.prank(a.borrower);
        IEscrowGate(address(asked)).place(context, seal_);
    }

    function refusedFor(Field field) private {
        IApplicationGate.Application memory a = application();
        uint256 deadline = block.timestamp + 600 + 10 * uint256(field);
        IApplicationGate.Evidence memory e = evidence(a, deadline);
        (IApplicationGate asked, address market_) = (judge, address(market));
        if (field == Field.Number) {
            IApplicationGate.Evidence memory earlier = evidence(a, deadline + 5);
            place(judge, market_, a, deadline + 5);
            vm.prank(market_);
            judge.consume(a, earlier);
        }
        if (field == Field.Chain) vm.chainId(CHAIN + 1);
        if (field == Field.Gate) asked = twin;
        if (field == Field.Market) market_ = address(new LoneMarket());
        if (field == Field.Borrower) a.borrower = OTHER;
        if (field == Field.Product) a.productId = ProductId.wrap(2);
        if (field == Field.Principal) a.principal += 1;
        if (field == Field.Purpose) a.purpose += 1;
        if (field == Field.Terms) a.termsHash ^= bytes32(uint256(1));
        if (field == Field.Deadline) e.deadline += 1;
        place(asked, market_, a, e.deadline);
        (bool ok, bytes memory answer) =
            address(asked).staticcall(abi.encodeCall(IApplicationGate.check, (market_, a, e)));
        bytes memory expected = abi.encodeWithSelector(IGroth16Verifier.ProofInvalid.selector);
        assertReverted(ok, answer, expected);
        vm.chainId(CHAIN);
    }

    function fitsOneApplication() private {
        vm.chainId(CHAIN);
        IApplicationGate.Application memory a = application();
        IApplicationGate.Evidence memory e = evidence(a, block.timestamp + 300);
        place(judge, address(market), a, e.deadline);
        judge.check(address(market), a, e);
        for (uint256 field = 0; field <= uint256(type(Field).max); ++field) {
            refusedFor(Field(field));
        }
    }

    function testAProofFitsOneApplicationAtTheEligibilityGate() public {
        Groth16Verifier groth16 = new Groth16Verifier(toyKey(5));
        judge = new EligibilityGate(groth16, registry, 1 days, 1 hours, NO_FX);
        twin = new EligibilityGate(groth16, registry, 1 days, 1 hours, NO_FX);
        vm.chainId(CHAIN);
        openMarket(judge);
        rest = [ROOT, judge.scopeOf(address(market)), NULLIFIER];
        fitsOneApplication();
    }

    function testAProofFitsOneApplicationAtTheEscrowGate() public {
        Groth16Verifier groth16 = new Groth16Verifier(toyKey(10));
        ICreditLedger.Point memory p = times(0x5ec7e7, base8());
        IEscrowGate.Point memory key = IEscrowGate.Point(p.x, p.y);
        ICreditLedger.Point memory r = times(31337, base8());
        seal_ = IEscrowGate.Seal(IEscrowGate.Point(r.x, r.y), 424242);
        sealing = true;
        judge = new EscrowGate(groth16, registry, 1 days, 1 hours, NO_FX, key);
        twin = new EscrowGate(groth16, registry, 1 days, 1 hours, NO_FX, key);
        vm.chainId(CHAIN);
        openMarket(judge);
        rest = [
            ROOT, judge.scopeOf(address(market)), NULLIFIER, p.x, p.y, r.x, r.y, seal_.value
        ];
        fitsOneApplication();
    }

    function testAProofFitsOneApplicationAtTheLedgerGate() public {
        ICreditLedger.Point memory key = keyOf(SECRET);
        ICreditLedger.Ciphertext memory total = encrypted(key, 700 + (300_000 << 48), 1111);
        enter(EMPLOYER, key, total);
        nextEpoch();
        snapshot(key);
        Groth16Verifier groth16 = new Groth16Verifier(toyKey(8));
        judge = new LedgerGate(groth16, ledger, 1 hours);
        twin = new LedgerGate(groth16, ledger, 1 hours);
        vm.chainId(CHAIN);
        openMarket(judge);
        rest = [key.x, key.y, total.c1.x, total.c1.y, total.c2.x, total.c2.y];
        fitsOneApplication();
    }
}
