// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IssuerRegistry} from "../../src/IssuerRegistry.sol";
import {IApplicationGate} from "../../src/interfaces/IApplicationGate.sol";
import {IEligibilityGate} from "../../src/interfaces/IEligibilityGate.sol";
import {IFxSource} from "../../src/interfaces/IFxSource.sol";
import {Nullifier} from "../../src/types/Nullifier.sol";
import {ProductId} from "../../src/types/ProductId.sol";
import {FreeMarket} from "./FreeMarket.sol";
import {FxFixture} from "./FxFixture.sol";

/// @title A gate about credentials that takes quotes, and a loan in dollars with a policy in shillings
abstract contract ForeignFixture is FxFixture {
    uint256 internal constant ROOT = 7;
    uint256 internal constant WHO = 42;
    uint256 internal constant BURDEN = 8_885; // 88.85 dollars
    uint256 internal constant RATE = 129_123_456_789; // cents of a shilling for one of a dollar
    uint256 internal constant JUDGED = 1_147_262; // 8,885 * 129.123456789, rounded up
    address internal constant BORROWER = address(0xB0);

    IssuerRegistry internal registry;
    IEligibilityGate internal judge;
    FreeMarket internal market;

    /// @dev A gate of one kind.
    function gateWith(IFxSource source) internal virtual returns (IEligibilityGate);

    /// @dev The public inputs of that kind after the first five.
    function otherInputs() internal view virtual returns (bytes memory);

    /// @dev What the gate of that kind judges itself of `extra`.
    function ownExtra() internal view virtual returns (bytes memory);

    /// @dev What an application needs besides, before it is judged.
    function prepare(uint256 context) internal virtual;

    function deployForeign() internal {
        deployQuotes();
        registry = new IssuerRegistry(address(1), address(2), address(3), 0, 365 days);
        vm.prank(address(2));
        registry.post(ROOT, bytes32(0), "");
        judge = gateWith(fx);
        market = new FreeMarket(judge);
    }

    function application() internal view virtual returns (IApplicationGate.Application memory a) {
        a.borrower = BORROWER;
        a.productId = ProductId.wrap(1);
        a.principal = 100_000;
        a.instalment = BURDEN;
        a.currency = USD;
        a.termsHash = keccak256("terms");
        a.policy.maxScore = type(uint16).max;
        a.policy.maxDtiBps = 4_000;
        a.policy.maxDelinquencies = type(uint16).max;
        a.policy.currency = KES;
    }

    /// @dev The words of a quote that holds from now on for an hour.
    function words() internal view returns (uint256[5] memory) {
        return [uint256(USD), KES, RATE, block.timestamp, block.timestamp + 1 hours];
    }

    function quoteBy(uint256 who, uint256[5] memory told) internal view returns (bytes memory) {
        return bytes.concat(ownExtra(), evidenceBy(who, told));
    }

    /// @dev Evidence that proves a burden, with any `extra`; its deadline is in ten minutes.
    function evidence(
        IApplicationGate.Application memory a,
        uint256 burden,
        bytes memory extra
    ) internal returns (IApplicationGate.Evidence memory e) {
        (e.registryRoot, e.nullifier, e.extra) = (ROOT, Nullifier.wrap(WHO), extra);
        e.policyNow = uint40(block.timestamp);
        e.deadline = uint40(block.timestamp + 600);
        uint256 nonce = judge.applicationNonce(address(market), a.borrower);
        uint256 context = judge.contextOf(address(market), a, nonce, e.deadline);
        prepare(context);
        bytes memory first = abi.encode(
            judge.policyWord(a.policy, burden, e.policyNow),
            context,
            ROOT,
            judge.scopeOf(address(market)),
            WHO
        );
        e.proof[0] = uint256(keccak256(bytes.concat(first, otherInputs())));
    }

    function accept(uint256 burden, bytes memory extra) internal {
        IApplicationGate.Application memory a = application();
        judge.check(address(market), a, evidence(a, burden, extra));
    }

    function refuse(
        IApplicationGate.Application memory a,
        uint256 burden,
        bytes memory extra,
        bytes memory expected
    ) internal {
        IApplicationGate.Evidence memory e = evidence(a, burden, extra);
        assertRefused(
            address(judge),
            abi.encodeCall(IApplicationGate.check, (address(market), a, e)),
            expected
        );
        assertRefused(address(market), abi.encodeCall(market.consume, (a, e)), expected);
    }

    function refuse(uint256 burden, bytes memory extra, bytes memory expected) internal {
        refuse(application(), burden, extra, expected);
    }
}
