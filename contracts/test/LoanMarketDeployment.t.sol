// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";
import {IApplicationGate} from "../src/interfaces/IApplicationGate.sol";
import {IConsents} from "../src/interfaces/IConsents.sol";
import {ICreditBureau} from "../src/interfaces/ICreditBureau.sol";
import {ILoanEngine} from "../src/interfaces/ILoanEngine.sol";
import {ILoanMarket} from "../src/interfaces/ILoanMarket.sol";
import {IProductBook} from "../src/interfaces/IProductBook.sol";
import {Requirements} from "../src/libraries/Requirements.sol";
import {LoanEngine} from "../src/market/LoanEngine.sol";
import {LoanMarket} from "../src/market/LoanMarket.sol";
import {MarketFixture} from "./support/MarketFixture.sol";

/// @dev A gate without a tree of issuers, as far as a market asks it at deployment.
contract GateWithoutRegistry {
    uint256 public constant maxClockAge = 1 hours;
    address public constant registry = address(0);
}

/// @dev What a market is given at deployment, and who may set what afterwards.
contract LoanMarketDeploymentTest is MarketFixture {
    function setUp() public {
        deployMarket();
    }

    function deployWith(address[5] memory parts, address operator) private returns (LoanMarket) {
        return new LoanMarket(
            IApplicationGate(parts[0]),
            ILoanEngine(parts[1]),
            IProductBook(parts[2]),
            ICreditBureau(parts[3]),
            IConsents(parts[4]),
            ADMIN,
            operator
        );
    }

    function rightParts() private view returns (address[5] memory) {
        return [
            address(gate), address(engine), address(book), address(bureau), address(consents)
        ];
    }

    function testAMarketKeepsItsParts() public view {
        assertEq(address(market.gate()), address(gate), "gate");
        assertEq(address(market.engine()), address(engine), "engine");
        assertEq(address(market.book()), address(book), "book");
        assertEq(address(market.bureau()), address(bureau), "bureau");
        assertEq(address(market.consents()), address(consents), "consents");
        assertEq(address(market.registry()), address(registry), "registry of the gate");
        assertTrue(market.hasRole(market.OPERATOR_ROLE(), OPERATOR), "operator");
        assertEq(market.defaultAdmin(), ADMIN, "admin");
    }

    function testEachPartMustBeAContractOfItsKind() public {
        for (uint256 i = 0; i < 5; ++i) {
            address[5] memory parts = rightParts();
            parts[i] = BORROWER;
            refused(abi.encodeWithSelector(Requirements.NotAContract.selector, BORROWER));
            this.deploy(parts, OPERATOR);
            parts[i] = address(token);
            refused(abi.encodeWithSelector(Requirements.WrongKind.selector, token));
            this.deploy(parts, OPERATOR);
            parts[i] = rightParts()[(i + 1) % 5];
            refused(abi.encodeWithSelector(Requirements.WrongKind.selector, parts[i]));
            this.deploy(parts, OPERATOR);
        }
    }

    function deploy(address[5] memory parts, address operator) external returns (LoanMarket) {
        return deployWith(parts, operator);
    }

    function testTheBookMustHaveTheEngine() public {
        address[5] memory parts = rightParts();
        parts[1] = address(new LoanEngine());
        refused(abi.encodeWithSelector(ILoanMarket.EngineDiffers.selector, engine));
        this.deploy(parts, OPERATOR);
    }

    function testAnOperatorIsNeeded() public {
        bytes32 role = market.OPERATOR_ROLE();
        refused(abi.encodeWithSelector(ILoanMarket.HolderInvalid.selector, role));
        this.deploy(rightParts(), address(0));
    }

    function testAGateWithoutARegistryServes() public {
        address[5] memory parts = rightParts();
        parts[0] = address(new GateWithoutRegistry());
        assertEq(address(deployWith(parts, OPERATOR).registry()), address(0), "none");
    }

    function testSettingsAreTheOperators() public {
        bytes memory unauthorized = abi.encodeWithSelector(
            IAccessControl.AccessControlUnauthorizedAccount.selector,
            ADMIN,
            market.OPERATOR_ROLE()
        );
        vm.prank(ADMIN);
        refused(unauthorized);
        market.setTokenAllowed(address(token), false);
        vm.prank(ADMIN);
        refused(unauthorized);
        market.setNewLoansPaused(true);
        vm.prank(ADMIN);
        refused(unauthorized);
        market.giveNotice(address(token), START + 1);
        assertTrue(market.tokenAllowed(address(token)), "allowed");
        assertTrue(!market.newLoansPaused(), "not paused");
    }
}
