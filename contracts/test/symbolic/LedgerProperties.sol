// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CreditLedger} from "../../src/CreditLedger.sol";
import {ICreditLedger} from "../../src/interfaces/ICreditLedger.sol";
import {IGroth16Verifier} from "../../src/interfaces/IGroth16Verifier.sol";
import {AcceptingVerifier, SymbolicBase} from "./SymbolicBase.sol";

/// @dev A ledger behind which every proof is accepted: who may change what.
contract LedgerProperties is SymbolicBase {
    uint256 private constant EPOCH = 1 days;
    address private constant ISSUER = address(0x155);
    AcceptingVerifier private verifier;
    CreditLedger private ledger;

    function setUp() public {
        verifier = new AcceptingVerifier(7);
        ledger = new CreditLedger(verifier, address(this), EPOCH, 978);
        ledger.grantRole(ledger.ISSUER_ROLE(), ISSUER);
        vm.warp(1_900_000_000);
    }

    function submission(uint256 x, uint256 y, address issuer)
        private
        pure
        returns (ICreditLedger.Submission memory s)
    {
        s.key = ICreditLedger.Point(x, y);
        s.issuer = issuer;
        s.envelope = hex"01";
    }

    function enters(address caller, ICreditLedger.Submission memory s)
        private
        returns (bool ok)
    {
        vm.prank(caller);
        (ok,) = address(ledger).call(abi.encodeCall(ICreditLedger.addEntry, (s)));
    }

    function check_OnlyAnIssuerEnters(address caller, address issuer, uint256 x, uint256 y)
        external
    {
        if (enters(caller, submission(x, y, issuer))) assert(caller == ISSUER);
    }

    /// @dev Nobody enters in the name of an issuer that is not dismissed.
    function check_AnIssuerEntersForItselfAlone(address issuer, uint256 x, uint256 y) external {
        if (enters(ISSUER, submission(x, y, issuer))) assert(issuer == ISSUER);
    }

    function check_AnEntryCountsOneForItsIssuerAlone(
        uint256 x,
        uint256 y,
        address other
    ) external {
        vm.assume(other != ISSUER);
        ICreditLedger.Submission memory s = submission(x, y, ISSUER);
        uint256 account = ledger.accountOf(s.key);
        uint256 before = ledger.slotOf(account, ISSUER).count;
        bytes25 chain = ledger.slotOf(account, other).chain;
        assert(enters(ISSUER, s));
        assert(ledger.slotOf(account, ISSUER).count == before + 1);
        assert(ledger.slotOf(account, other).chain == chain);
    }

    function check_OnlyTheAdminNamesSuccessors(
        address caller,
        address issuer,
        address successor
    ) external {
        address before = ledger.successorOf(issuer);
        vm.prank(caller);
        (bool ok,) = address(ledger).call(
            abi.encodeCall(ICreditLedger.nameSuccessor, (issuer, successor))
        );
        if (ok) assert(caller == address(this) && issuer != ISSUER);
        else assert(ledger.successorOf(issuer) == before);
    }

    /// @dev A list of issuers has one order, so one hash.
    function check_ListsOfIssuersAreSortedAndDistinct(address a, address b, address c)
        external
        view
    {
        address[] memory list = new address[](3);
        (list[0], list[1], list[2]) = (a, b, c);
        (bool ok,) =
            address(ledger).staticcall(abi.encodeCall(ICreditLedger.issuersOf, (list)));
        assert(ok == (a < b && b < c));
    }

    function check_AccountsFitTheirBits(uint256 x, uint256 y) external view {
        assert(ledger.accountOf(ICreditLedger.Point(x, y)) < 1 << 248);
    }

    function check_EpochsHaveTheirLimits(uint256 length) external {
        try new CreditLedger(IGroth16Verifier(verifier), address(this), length, 978) {
            assert(length >= 10 minutes && length <= 30 days);
        } catch {
            assert(length < 10 minutes || length > 30 days);
        }
    }
}
